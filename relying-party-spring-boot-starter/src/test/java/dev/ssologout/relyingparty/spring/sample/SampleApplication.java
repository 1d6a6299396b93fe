package dev.ssologout.relyingparty.spring.sample;

import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.Map;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.session.data.redis.config.annotation.web.http.EnableRedisHttpSession;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;
import org.springframework.web.socket.handler.TextWebSocketHandler;

/** An app like any other: nothing in it knows of us. */
@SpringBootApplication
public class SampleApplication {

  @Bean
  @Order(1)
  @ConditionalOnProperty("spring.security.oauth2.resourceserver.jwt.issuer-uri")
  SecurityFilterChain api(HttpSecurity http) {
    return http.securityMatcher("/api/**")
        .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
        .oauth2ResourceServer(server -> server.jwt(Customizer.withDefaults()))
        .build();
  }

  @Bean
  SecurityFilterChain pages(HttpSecurity http) {
    return http.authorizeHttpRequests(
            requests ->
                requests.requestMatchers("/actuator/**").permitAll().anyRequest().authenticated())
        // SockJS' fallbacks are POST requests of scripts that have no token.
        .csrf(csrf -> csrf.ignoringRequestMatchers("/sockjs/**"))
        .oauth2Login(Customizer.withDefaults())
        .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
        .build();
  }

  @RestController
  static class Pages {
    @GetMapping("/me")
    Map<String, String> me(@AuthenticationPrincipal OidcUser user, HttpSession session) {
      return Map.of("sub", user.getSubject(), "sid", user.getClaimAsString("sid"));
    }

    @GetMapping("/api/orders")
    String orders() {
      return "none";
    }

    @GetMapping("/stream")
    SseEmitter stream() throws IOException {
      SseEmitter emitter = new SseEmitter(0L);
      emitter.send("open");
      return emitter;
    }
  }

  @Configuration
  @EnableWebSocket
  static class Sockets implements WebSocketConfigurer {
    @Override
    public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
      registry.addHandler(new TextWebSocketHandler(), "/socket").setAllowedOrigins("*");
    }
  }

  @Configuration
  @EnableWebSocketMessageBroker
  static class Messaging implements WebSocketMessageBrokerConfigurer {
    @Override
    public void configureMessageBroker(MessageBrokerRegistry registry) {
      registry.enableSimpleBroker("/topic");
    }

    @Override
    public void registerStompEndpoints(StompEndpointRegistry registry) {
      registry.addEndpoint("/stomp").setAllowedOriginPatterns("*");
      registry.addEndpoint("/sockjs").setAllowedOriginPatterns("*").withSockJS();
    }
  }

  @Configuration
  @EnableRedisHttpSession
  @ConditionalOnProperty("sample.redis-sessions")
  static class RedisSessions {}
}
