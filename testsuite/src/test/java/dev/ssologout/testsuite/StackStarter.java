package dev.ssologout.testsuite;

/**
 * A way to start the shared {@link Stack} in containers; a {@link java.util.ServiceLoader} finds
 * it.
 */
interface StackStarter {
  Stack start();
}
