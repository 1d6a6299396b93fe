package dev.ssologout.benchmark;

import java.time.Duration;
import java.util.List;

/** All sections, in the order in which they run. */
final class Sections {
  static final List<Section> ALL =
      List.of(
          new Section(
              1,
              "Cost of a logout",
              "What do the logout and the login take with the extension, beside Keycloak without"
                  + " it?",
              Duration.ofMinutes(7),
              Duration.ofMinutes(35),
              new LogoutCost()),
          new Section(
              2,
              "Against other ways",
              "How do back-channel logout by Keycloak and a PUBLISH in the request compare?",
              Duration.ofMinutes(4),
              Duration.ofMinutes(15),
              new OtherWays()),
          new Section(
              3,
              "From commit to subscriber",
              "How long after the commit does a subscriber have the message?",
              Duration.ofMinutes(2),
              Duration.ofMinutes(12),
              new CommitToSubscriber()),
          new Section(
              4,
              "Relay drain",
              "How fast does what piled up during an outage go out?",
              Duration.ofMinutes(5),
              Duration.ofMinutes(30),
              new RelayDrain()),
          new Section(
              5,
              "Growth",
              "What does a logout cost in a realm with many clients, sessions, subscribers or"
                  + " streams?",
              Duration.ofMinutes(6),
              Duration.ofMinutes(25),
              new Growth()),
          new Section(
              6,
              "Relying party",
              "How many messages does an app handle, and what does asking for a session cost an"
                  + " API?",
              Duration.ofMinutes(2),
              Duration.ofMinutes(9),
              new RelyingPartyCost()),
          new Section(
              7,
              "Streams",
              "What does an open tab cost, and how soon do all of them know?",
              Duration.ofMinutes(1),
              Duration.ofMinutes(6),
              new Streams()),
          new Section(
              8,
              "REST",
              "What does a page of many sessions take, beside Keycloak's own calls?",
              Duration.ofMinutes(1),
              Duration.ofMinutes(6),
              new RestPages()));

  private Sections() {}
}
