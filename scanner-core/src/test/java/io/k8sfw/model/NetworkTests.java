package io.k8sfw.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTests {
  @ParameterizedTest(name = "{0} contains {1}: {2}")
  @CsvSource({
    "10.244.0.0/16, 10.244.255.255, true",
    "10.244.0.0/16, 10.245.0.0, false",
    "10.244.0.0/15, 10.245.0.0, true",
    "10.244.1.7/32, 10.244.1.7, true",
    "10.244.1.7/32, 10.244.1.6, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, fd44::1, false",
    "fd44::/16, fd44:1::10, true",
    "fd44::/16, fd45::10, false"
  })
  void networkContainsWhatBeginsLikeIt(String network, String address, boolean contains) {
    assertThat(Network.parse(network).orElseThrow().contains(InetAddress.ofLiteral(address)))
        .isEqualTo(contains);
    assertThat(Network.parse(network).orElseThrow()).hasToString(network);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.244.0.0",
        "10.244.0.0/",
        "10.244.0.0/33",
        "10.244.0.1/16",
        "10.244.0.0/016",
        "10.244/16",
        "fd44::/129",
        "fd44::1/64",
        "::ffff:10.0.0.0/104",
        "pods/16",
        "10.244.0.0/16/16"
      })
  void everythingElseIsNone(String text) {
    assertThat(Network.parse(text)).isEmpty();
  }
}
