package dev.ssologout.listener;

import dev.ssologout.message.SessionEnded;
import java.util.List;
import java.util.Set;
import org.keycloak.provider.ProviderEvent;

/**
 * Sessions have ended on this node. Published to the {@code KeycloakSessionFactory} after the
 * commit of the transaction that ended them, for extensions of the same node that need not wait for
 * Redis. Whoever hears it must be quick: it is told in the thread of the request.
 *
 * @param messages as the realm's channel will have them
 * @param realmsInBulk the names of realms in which so many sessions ended that they are not listed
 */
public record SessionsEndedEvent(List<SessionEnded> messages, Set<String> realmsInBulk)
    implements ProviderEvent {}
