package dev.ssologout.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreePortTest {

  @Test
  void findsEachPortOnce() {
    assertThat(IntStream.range(0, 50).map(i -> FreePort.find()).boxed()).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "0.0.0.0"})
  void seesListener(String address) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
      port = socket.getLocalPort();
      assertThat(FreePort.isFree(port)).isFalse();
    }
    assertThat(FreePort.isFree(port)).isTrue();
  }
}
