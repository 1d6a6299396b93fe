package dev.ssologout.redis;

import org.keycloak.provider.Provider;
import org.keycloak.provider.ProviderFactory;
import org.keycloak.provider.Spi;

/** The SPI {@value #NAME}. */
public class RedisConnectionSpi implements Spi {
  /** The SPI's name, as it stands in options: {@code --spi-redis-connection--...}. */
  public static final String NAME = "redis-connection";

  @Override
  public boolean isInternal() {
    return false;
  }

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public Class<? extends Provider> getProviderClass() {
    return RedisConnectionProvider.class;
  }

  @Override
  public Class<? extends ProviderFactory<?>> getProviderFactoryClass() {
    return RedisConnectionProviderFactory.class;
  }
}
