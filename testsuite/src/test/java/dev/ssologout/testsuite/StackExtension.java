package dev.ssologout.testsuite;

import java.util.ServiceLoader;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Starts the shared {@link Stack} once, gives each test a {@link TestRealm} of its own, and prints
 * what the server logged during a test that failed.
 */
final class StackExtension
    implements ParameterResolver, BeforeTestExecutionCallback, AfterTestExecutionCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(StackExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Stack.class || type == TestRealm.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Stack stack = stack(context);
    if (parameter.getParameter().getType() == Stack.class) {
      return stack;
    }
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(TestRealm.class, key -> stack.createRealm(), TestRealm.class);
  }

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    context.getStore(NAMESPACE).put("log", stack(context).log().length());
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      String log = stack(context).log();
      int before = context.getStore(NAMESPACE).get("log", Integer.class);
      System.err.printf(
          "---- Keycloak's log during %s%n%s----%n",
          context.getDisplayName(), log.substring(Math.min(before, log.length())));
    }
  }

  /** In processes of this machine, or in containers, if there is an image to test. */
  private static Stack start() {
    return System.getProperty("testsuite.image") == null
        ? Stack.start()
        : ServiceLoader.load(StackStarter.class).findFirst().orElseThrow().start();
  }

  private static Stack stack(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Stack.class, key -> start(), Stack.class);
  }
}
