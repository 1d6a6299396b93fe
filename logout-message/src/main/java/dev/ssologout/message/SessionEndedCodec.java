package dev.ssologout.message;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes and reads {@link SessionEnded} in the structured JSON form of CloudEvents 1.0 (JSON Event
 * Format section 3).
 *
 * <p>Reading follows the contract's rule of growth: members, reasons and initiators that this
 * version does not know are ignored; what it does know must be there and well formed.
 */
public final class SessionEndedCodec {
  /** The longest text that is read, in characters; far above what a real message needs. */
  public static final int MAX_LENGTH = 1 << 20;

  private SessionEndedCodec() {}

  /** The message as one line of JSON. */
  public static String encode(SessionEnded message) {
    StringWriter text = new StringWriter(512);
    try (JsonWriter json = new JsonWriter(text)) {
      json.setStrictness(Strictness.STRICT);
      json.beginObject();
      json.name("specversion").value("1.0");
      json.name("id").value(message.id());
      json.name("source").value(message.source().toString());
      json.name("type").value(SessionEnded.TYPE);
      json.name("time").value(message.time().truncatedTo(ChronoUnit.MILLIS).toString());
      json.name("subject").value(message.sid());
      json.name("datacontenttype").value("application/json");
      json.name("data").beginObject();
      json.name("realm").value(message.realm());
      json.name("sid").value(message.sid());
      json.name("sub").value(message.sub());
      json.name("offline").value(message.offline());
      json.name("reason").value(message.reason().wireName());
      json.name("initiator").value(message.initiator().wireName());
      if (message.clients() != null) {
        json.name("clients").beginArray();
        for (String client : message.clients()) {
          json.value(client);
        }
        json.endArray();
      }
      if (message.logoutToken() != null) {
        json.name("logout_token").value(message.logoutToken());
      }
      json.endObject();
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /**
   * @param text one message as JSON
   * @throws MalformedMessageException if it is not a message of this contract; says what is wrong
   *     and where
   */
  public static SessionEnded decode(String text) throws MalformedMessageException {
    if (text == null) {
      throw new MalformedMessageException("$", "no text");
    }
    if (text.length() > MAX_LENGTH) {
      throw new MalformedMessageException("$", "longer than " + MAX_LENGTH + " characters");
    }
    JsonReader json = new JsonReader(new StringReader(text));
    json.setStrictness(Strictness.STRICT);
    Fields fields = new Fields();
    try {
      fields.readEvent(json);
      // In strict mode the reader throws where anything follows the value.
      json.peek();
    } catch (EOFException e) {
      throw new MalformedMessageException(json.getPath(), "the JSON ends too early");
    } catch (MalformedJsonException e) {
      throw new MalformedMessageException(json.getPath(), "not well-formed JSON");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return fields.toMessage();
  }

  /** What has been read so far; a member that is still null has not been seen. */
  private static final class Fields {
    private String specversion;
    private String id;
    private String source;
    private String type;
    private String time;
    private String subject;
    private boolean data;
    private String realm;
    private String sid;
    private String sub;
    private Boolean offline;
    private String reason;
    private String initiator;
    private List<String> clients;
    private String logoutToken;

    void readEvent(JsonReader json) throws IOException, MalformedMessageException {
      expect(json, JsonToken.BEGIN_OBJECT, "an object");
      Set<String> seen = new HashSet<>();
      json.beginObject();
      while (json.hasNext()) {
        String name = nextName(json, seen);
        switch (name) {
          case "specversion" -> specversion = string(json);
          case "id" -> id = string(json);
          case "source" -> source = string(json);
          case "type" -> type = string(json);
          case "time" -> time = string(json);
          case "subject" -> subject = string(json);
          case "data" -> readData(json);
          default -> json.skipValue();
        }
      }
      json.endObject();
    }

    private void readData(JsonReader json) throws IOException, MalformedMessageException {
      expect(json, JsonToken.BEGIN_OBJECT, "an object");
      data = true;
      Set<String> seen = new HashSet<>();
      json.beginObject();
      while (json.hasNext()) {
        String name = nextName(json, seen);
        switch (name) {
          case "realm" -> realm = string(json);
          case "sid" -> sid = string(json);
          case "sub" -> sub = string(json);
          case "offline" -> {
            expect(json, JsonToken.BOOLEAN, "true or false");
            offline = json.nextBoolean();
          }
          case "reason" -> reason = string(json);
          case "initiator" -> initiator = string(json);
          case "clients" -> clients = strings(json);
          case "logout_token" -> logoutToken = string(json);
          default -> json.skipValue();
        }
      }
      json.endObject();
    }

    SessionEnded toMessage() throws MalformedMessageException {
      require(specversion, "$.specversion");
      if (!specversion.equals("1.0")) {
        throw new MalformedMessageException("$.specversion", "is not 1.0");
      }
      require(type, "$.type");
      if (!type.equals(SessionEnded.TYPE)) {
        throw new MalformedMessageException("$.type", "is not " + SessionEnded.TYPE);
      }
      require(id, "$.id");
      require(source, "$.source");
      require(time, "$.time");
      if (!data) {
        throw new MalformedMessageException("$.data", "is missing");
      }
      require(realm, "$.data.realm");
      require(sid, "$.data.sid");
      require(sub, "$.data.sub");
      if (offline == null) {
        throw new MalformedMessageException("$.data.offline", "is missing");
      }
      require(reason, "$.data.reason");
      require(initiator, "$.data.initiator");
      if (subject != null && !subject.equals(sid)) {
        throw new MalformedMessageException("$.subject", "is not the sid");
      }
      return new SessionEnded(
          id,
          uri(source),
          instant(time),
          realm,
          sid,
          sub,
          offline,
          Reason.ofWireName(reason),
          Initiator.ofWireName(initiator),
          clients,
          logoutToken);
    }

    private static String nextName(JsonReader json, Set<String> seen)
        throws IOException, MalformedMessageException {
      String name = json.nextName();
      if (!seen.add(name)) {
        throw new MalformedMessageException(json.getPath(), "stands twice");
      }
      return name;
    }

    private static String string(JsonReader json) throws IOException, MalformedMessageException {
      expect(json, JsonToken.STRING, "a string");
      return json.nextString();
    }

    private static List<String> strings(JsonReader json)
        throws IOException, MalformedMessageException {
      expect(json, JsonToken.BEGIN_ARRAY, "an array of strings");
      List<String> values = new ArrayList<>();
      json.beginArray();
      while (json.hasNext()) {
        values.add(string(json));
      }
      json.endArray();
      return values;
    }

    private static void expect(JsonReader json, JsonToken token, String what)
        throws IOException, MalformedMessageException {
      if (json.peek() != token) {
        throw new MalformedMessageException(json.getPath(), "is not " + what);
      }
    }

    private static void require(String value, String path) throws MalformedMessageException {
      if (value == null) {
        throw new MalformedMessageException(path, "is missing");
      }
      if (value.isBlank()) {
        throw new MalformedMessageException(path, "is empty");
      }
    }

    private static URI uri(String value) throws MalformedMessageException {
      try {
        return new URI(value);
      } catch (URISyntaxException e) {
        throw new MalformedMessageException("$.source", "is not a URI");
      }
    }

    private static Instant instant(String value) throws MalformedMessageException {
      try {
        return Instant.parse(value);
      } catch (DateTimeParseException e) {
        throw new MalformedMessageException("$.time", "is not an RFC 3339 time");
      }
    }
  }
}
