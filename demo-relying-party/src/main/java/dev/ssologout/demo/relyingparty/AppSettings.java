package dev.ssologout.demo.relyingparty;

import java.net.URI;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * What the app's pages need to know.
 *
 * @param clientId its client in the realm
 * @param instance which replica this is
 * @param issuer the realm's issuer
 * @param url where browsers find the app
 * @param hub whether its page is the hub, from which users go to the apps
 * @param links other pages by their names: {@code hub}, {@code control} and the apps
 * @param signInsPerMinute how many sign-ins one address may begin in a minute
 * @param requestsPerMinute how many calls of the API one address may make in a minute
 */
@ConfigurationProperties("app")
record AppSettings(
    String clientId,
    String instance,
    URI issuer,
    URI url,
    boolean hub,
    Map<String, URI> links,
    int signInsPerMinute,
    int requestsPerMinute) {

  AppSettings {
    links = links == null ? Map.of() : Map.copyOf(links);
  }

  /** The origin of a URL, as browsers write it. */
  static String origin(URI url) {
    return url.getScheme() + "://" + url.getAuthority();
  }
}
