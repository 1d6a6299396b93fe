package dev.ssologout.demo.relyingparty;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.ComponentScan;

/**
 * The app. Its settings are environment variables: {@code KEYCLOAK_URL}, {@code KEYCLOAK_REALM},
 * {@code CLIENT_ID}, {@code CLIENT_SECRET}, {@code PORT}, {@code FRONTEND_URL} (where browsers find
 * it) and {@code REDIS_URL}; {@code application.yaml} has them all.
 *
 * <p>Several can share a JVM, as they do in the demo: each argument then names a file of properties
 * with the settings of one.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
@ComponentScan
@ConfigurationPropertiesScan
public class RelyingParty {

  public static void main(String[] files) throws IOException {
    if (files.length == 0) {
      new SpringApplicationBuilder(RelyingParty.class).run();
    }
    for (String file : files) {
      Properties settings = new Properties();
      try (Reader reader = Files.newBufferedReader(Path.of(file))) {
        settings.load(reader);
      }
      // As arguments they come before environment variables, which all of the JVM share.
      new SpringApplicationBuilder(RelyingParty.class)
          .run(
              settings.stringPropertyNames().stream()
                  .map(name -> "--" + name + "=" + settings.getProperty(name))
                  .toArray(String[]::new));
    }
  }
}
