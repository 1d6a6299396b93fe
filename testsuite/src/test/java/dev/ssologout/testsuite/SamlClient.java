package dev.ssologout.testsuite;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.keycloak.representations.idm.ClientRepresentation;

/** A SAML service provider, as far as single logout needs one: unsigned. */
final class SamlClient {
  private static final String PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
  private static final String ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
  private static final Pattern SESSION_INDEX = Pattern.compile("SessionIndex=\"([^\"]+)\"");
  private static final Pattern NAME_ID = Pattern.compile("<(?:\\w+:)?NameID[^>]*>([^<]+)<");

  private final String clientId;
  private final UserAgent browser;
  private String nameId;
  private String sessionIndex;

  private SamlClient(String clientId, UserAgent browser) {
    this.clientId = clientId;
    this.browser = browser;
  }

  static ClientRepresentation representation(String clientId) {
    ClientRepresentation client = TestRealm.client(clientId);
    client.setProtocol("saml");
    client.setFrontchannelLogout(true);
    client.setRedirectUris(List.of(TestRealm.redirectUri("saml")));
    client.setAttributes(
        new HashMap<>(
            Map.of(
                "saml.client.signature", "false",
                "saml.server.signature", "false",
                "saml.assertion.signature", "false",
                "saml.authnstatement", "true",
                "saml_name_id_format", "username",
                "saml_assertion_consumer_url_post", TestRealm.redirectUri("saml"))));
    return client;
  }

  /** Signs a user in, by the browser's SSO session if it has one. */
  static SamlClient signIn(String clientId, String username, UserAgent browser) {
    SamlClient client = new SamlClient(clientId, browser);
    HttpResponse<String> page =
        browser.follow(
            client.send(
                "SAMLRequest",
                """
                <samlp:AuthnRequest xmlns:samlp="%s" xmlns:saml="%s" ID="%s" Version="2.0" \
                IssueInstant="%s" Destination="%s" \
                ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">\
                <saml:Issuer>%s</saml:Issuer></samlp:AuthnRequest>"""
                    .formatted(
                        PROTOCOL, ASSERTION, id(), Instant.now(), client.endpoint(), clientId)));
    if (!browser.hiddenFields(page).containsKey("SAMLResponse")) {
      page =
          browser.follow(browser.submit(page, Map.of("username", username, "password", username)));
    }
    String response =
        new String(
            Base64.getDecoder().decode(browser.hiddenFields(page).get("SAMLResponse")),
            StandardCharsets.UTF_8);
    client.sessionIndex = find(SESSION_INDEX, response);
    client.nameId = find(NAME_ID, response);
    return client;
  }

  /** The SSO session. */
  String sid() {
    return sessionIndex.split("::")[0];
  }

  /** Asks for single logout. */
  HttpResponse<String> logout() {
    return send(
        "SAMLRequest",
        """
        <samlp:LogoutRequest xmlns:samlp="%s" xmlns:saml="%s" ID="%s" Version="2.0" \
        IssueInstant="%s" Destination="%s"><saml:Issuer>%s</saml:Issuer>\
        <saml:NameID>%s</saml:NameID><samlp:SessionIndex>%s</samlp:SessionIndex>\
        </samlp:LogoutRequest>"""
            .formatted(
                PROTOCOL,
                ASSERTION,
                id(),
                Instant.now(),
                endpoint(),
                clientId,
                nameId,
                sessionIndex));
  }

  /** Agrees to a logout that Keycloak asked for. */
  HttpResponse<String> agree() {
    return send(
        "SAMLResponse",
        """
        <samlp:LogoutResponse xmlns:samlp="%s" xmlns:saml="%s" ID="%s" Version="2.0" \
        IssueInstant="%s" Destination="%s"><saml:Issuer>%s</saml:Issuer><samlp:Status>\
        <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>\
        </samlp:LogoutResponse>"""
            .formatted(PROTOCOL, ASSERTION, id(), Instant.now(), endpoint(), clientId));
  }

  private URI endpoint() {
    return URI.create(browser.realm().issuer() + "/protocol/saml");
  }

  private HttpResponse<String> send(String parameter, String xml) {
    return browser.get(endpoint(), Map.of(parameter, deflated(xml)));
  }

  private static String id() {
    return "_" + UUID.randomUUID();
  }

  private static String deflated(String xml) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater =
        new DeflaterOutputStream(bytes, new Deflater(Deflater.DEFAULT_COMPRESSION, true))) {
      deflater.write(xml.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    return matcher.group(1);
  }
}
