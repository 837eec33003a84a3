package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BesideTests {
  private final CountDownLatch never = new CountDownLatch(1);
  private final AtomicBoolean letGo = new AtomicBoolean();

  private String wait(CountDownLatch latch) {
    try {
      latch.await();
      return "through";
    } catch (InterruptedException _) {
      return "interrupted";
    } finally {
      letGo.set(true);
    }
  }

  @Test
  void goesOnWhileOthersWork() {
    CountDownLatch latch = new CountDownLatch(1);
    try (Beside<String> beside = Beside.start(() -> wait(latch))) {
      latch.countDown();
      assertThat(beside.result()).isEqualTo("through");
    }
  }

  @Test
  void handsAnInterruptOnAndKeepsIt() {
    try (Beside<String> beside = Beside.start(() -> wait(never))) {
      Thread.currentThread().interrupt();
      assertThat(beside.result()).isEqualTo("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void isEndedAndWaitedForByClosing() {
    Beside<String> beside = Beside.start(() -> wait(never));
    beside.close();
    assertThat(letGo).isTrue();
  }

  @Test
  void tellsWhatBroke() {
    Beside<String> beside =
        Beside.start(() -> {
          throw new IllegalStateException("ours");
        });
    assertThatThrownBy(beside::result).isInstanceOf(IllegalStateException.class).hasMessage("ours");
    beside.close();
  }
}
