package io.k8sfw.probes.linux;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespaceTests {
  @BeforeEach
  void needsLinux() {
    assumeTrue(Libc.AVAILABLE, "needs Linux on x86_64 or aarch64");
  }

  @Test
  void namesTheErrnoOfAPathThatIsNotThere(@TempDir Path dir) {
    assertThatThrownBy(() -> NetworkNamespace.open(dir.resolve("nowhere")))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("nowhere: ENOENT");
  }

  @Test
  void namesTheErrnoOfAFileThatIsNoNamespace(@TempDir Path dir) throws Exception {
    Path file = Files.createFile(dir.resolve("file"));
    try (NetworkNamespace namespace = NetworkNamespace.open(file)) {
      assertThatThrownBy(namespace::enter)
          .isInstanceOf(IOException.class)
          .hasMessageEndingWith("file: EINVAL");
    }
  }

  @Test
  void refusesVirtualThreads() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/proc/self/ns/net"))) {
      Throwable[] caught = new Throwable[1];
      Thread.ofVirtual()
          .start(() -> {
            try {
              namespace.enter();
            } catch (IOException | RuntimeException e) {
              caught[0] = e;
            }
          })
          .join();
      assertThatThrownBy(
              () -> {
                throw caught[0];
              })
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
