/** What the test suite puts into its Keycloak beside the bundle, to make requests go wrong. */
package dev.ssologout.testsuite.providers;
