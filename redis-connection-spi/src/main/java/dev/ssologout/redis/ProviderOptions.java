package dev.ssologout.redis;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.keycloak.Config;
import org.keycloak.provider.ProviderConfigProperty;

/**
 * Reads one provider's options and refuses bad ones in words that name the option as an operator
 * writes it, {@code --spi-<spi>--<provider>--<option>}, and the value that is wrong.
 *
 * <p>The provider's own list of {@link ProviderConfigProperty} says which options there are and
 * what they default to, so that the documentation made from it is true.
 */
public final class ProviderOptions {
  private static final String SEPARATOR = "--";

  private final String prefix;
  private final Config.Scope scope;
  private final List<ProviderConfigProperty> properties;

  /**
   * @param scope the provider's configuration
   * @param properties the options that the provider has
   * @throws IllegalArgumentException if an option is set that the provider does not have
   */
  public ProviderOptions(
      String spi, String provider, Config.Scope scope, List<ProviderConfigProperty> properties) {
    this.prefix = "--spi-" + spi + SEPARATOR + provider + SEPARATOR;
    this.scope = scope;
    this.properties = properties;
    refuseUnknown();
  }

  /** The option's text, or its default; {@code null} where it has neither. */
  public String text(String option) {
    String value = scope.get(option);
    if (value != null && !value.isBlank()) {
      return value.trim();
    }
    Object defaultValue =
        properties.stream()
            .filter(property -> property.getName().equals(option))
            .findFirst()
            .orElseThrow()
            .getDefaultValue();
    return defaultValue == null ? null : defaultValue.toString();
  }

  /** The option as a whole number. */
  public int number(String option, int min, int max) {
    String value = text(option);
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, in the operator's words.
    }
    throw invalid(option, value, "must be a whole number from " + min + " to " + max);
  }

  /** The option as {@code true} or {@code false}. */
  public boolean flag(String option) {
    String value = text(option);
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw invalid(option, value, "must be true or false");
    };
  }

  /** The option as a time in milliseconds. */
  public Duration millis(String option, int min, int max) {
    return Duration.ofMillis(number(option, min, max));
  }

  /** The option as a time in seconds. */
  public Duration seconds(String option, int min, int max) {
    return Duration.ofSeconds(number(option, min, max));
  }

  /**
   * @param shown the value as it may be shown; never a secret
   * @param problem what is wrong with it
   */
  public IllegalArgumentException invalid(String option, String shown, String problem) {
    return new IllegalArgumentException(
        prefix + toKebabCase(option) + "=" + shown + ": " + problem);
  }

  /**
   * Options that cannot be as they are together, or beside the rest.
   *
   * @param problem what is wrong; never a secret
   * @param options their names; values are not shown
   */
  public IllegalArgumentException contradicting(String problem, String... options) {
    return new IllegalArgumentException(
        Stream.of(options)
                .map(option -> prefix + toKebabCase(option))
                .collect(Collectors.joining(" and "))
            + ": "
            + problem);
  }

  private void refuseUnknown() {
    Set<String> known =
        properties.stream()
            .map(property -> toKebabCase(property.getName()))
            .collect(Collectors.toSet());
    known.add("enabled");
    for (String name : scope.getPropertyNames()) {
      String option = name.substring(name.lastIndexOf(SEPARATOR) + SEPARATOR.length());
      if (!known.contains(option)) {
        throw new IllegalArgumentException(
            prefix
                + option
                + ": there is no such option; there are "
                + known.stream().sorted().collect(Collectors.joining(", ")));
      }
    }
  }

  private static String toKebabCase(String camelCase) {
    return camelCase.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }
}
