package dev.ssologout.demo;

import org.junit.jupiter.api.Test;

class CheckTest {

  @Test
  void passes() {
    new Check(RunningDemo.stage(), new Screen(System.out, false, false)).run();
  }
}
