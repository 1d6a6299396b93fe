package dev.ssologout.demo;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** An ID token fresh from the token endpoint, whose signature therefore need not be checked. */
record IdToken(String text, String sid, String sub) {

  static IdToken parse(String text) {
    byte[] payload = Base64.getUrlDecoder().decode(text.split("\\.")[1]);
    JsonObject claims =
        JsonParser.parseString(new String(payload, StandardCharsets.UTF_8)).getAsJsonObject();
    return new IdToken(text, claims.get("sid").getAsString(), claims.get("sub").getAsString());
  }
}
