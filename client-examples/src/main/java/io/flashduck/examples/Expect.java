package io.flashduck.examples;

/**
 * Stops an example that did not get what it should have got.
 *
 * <p>Threading: thread-safe, no state.
 */
final class Expect {

  private Expect() {}

  /** Prints what was done, and ends the program with exit code 1 if the two values differ. */
  static void same(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new IllegalStateException(what + ": expected " + expected + ", but got " + actual);
    }
    System.out.println(what + ": " + actual);
  }
}
