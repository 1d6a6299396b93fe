package dev.ssologout.rest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClientAddressTest {

  @Test
  void countsAnIpv4AddressByItself() {
    assertThat(ClientAddress.network("192.0.2.7")).isEqualTo("192.0.2.7");
  }

  @Test
  void countsIpv6AddressesOfOneSubscriberTogether() {
    assertThat(ClientAddress.network("2001:db8:1:2:3:4:5:6"))
        .isEqualTo(ClientAddress.network("2001:db8:1:2:ffff::1"))
        .isNotEqualTo(ClientAddress.network("2001:db8:1:3::1"));
  }

  @Test
  void takesAnIpv4AddressWithinIpv6ForWhatItIs() {
    assertThat(ClientAddress.network("::ffff:192.0.2.7")).isEqualTo("192.0.2.7");
  }

  @Test
  void looksNothingUp() {
    assertThat(ClientAddress.network("unknown.invalid")).isEqualTo("unknown.invalid");
    assertThat(ClientAddress.network((String) null)).isEqualTo("null");
  }
}
