package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

class ExecInputTests {
  /// Its causes go in circles: so the client's do where a node vanished.
  @Test
  void aStreamThatBrokeIsAnOrdinaryFailureInOneLine() {
    IOException first = new IOException("could not send");
    KubernetesClientException broken = new KubernetesClientException("An error", first);
    first.initCause(broken);
    OutputStream input =
        new ExecEnd.Input(
            new OutputStream() {
              @Override
              public void write(int b) {
                throw broken;
              }
            });

    assertThatThrownBy(() -> input.write(new byte[] {1, 2}, 0, 2))
        .isInstanceOf(IOException.class)
        .hasMessage("could not send");
  }
}
