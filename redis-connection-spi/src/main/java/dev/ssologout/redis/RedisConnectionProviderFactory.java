package dev.ssologout.redis;

import org.keycloak.provider.ProviderFactory;

/** Makes the {@link RedisConnectionProvider}; holds the node's client. */
public interface RedisConnectionProviderFactory extends ProviderFactory<RedisConnectionProvider> {}
