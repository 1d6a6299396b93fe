/**
 * Promises held against the real Keycloak and the real Redis.
 *
 * <p>A test class is annotated {@link dev.ssologout.testsuite.IntegrationTest} and takes what it
 * needs as parameters: a {@link dev.ssologout.testsuite.TestRealm}, fresh for each test, and, where
 * it must, the {@link dev.ssologout.testsuite.Stack} that all tests share. Tests that stop or
 * mistreat a server start a {@code Stack} of their own.
 */
package dev.ssologout.testsuite;
