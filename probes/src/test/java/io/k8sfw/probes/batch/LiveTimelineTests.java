package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LiveTimelineTests {
  private static final long LONG = TimeUnit.MINUTES.toNanos(2);

  private final LiveTimeline timeline = new LiveTimeline();
  private final List<Integer> ran = new ArrayList<>();

  @Test
  void arrivalsRunInTheirOrder() throws Exception {
    for (int i = 0; i < 5; i++) {
      int each = i;
      timeline.deliver(() -> ran.add(each));
    }
    timeline.await(LONG);
    assertThat(ran).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void whatArrivesMeanwhileRunsToo() throws Exception {
    timeline.deliver(() -> {
      ran.add(1);
      timeline.deliver(() -> ran.add(2));
    });
    timeline.await(LONG);
    assertThat(ran).containsExactly(1, 2);
  }

  @Test
  void waitEndsWithoutArrivals() throws Exception {
    timeline.await(0);
    timeline.await(-1);
    timeline.await(1_000_000);
    assertThat(ran).isEmpty();
  }

  @Test
  void arrivalThatThrowsLosesNoOther() throws Exception {
    timeline.deliver(() -> ran.add(1));
    timeline.deliver(() -> {
      throw new IllegalStateException("what this test is about");
    });
    timeline.deliver(() -> ran.add(2));
    assertThatThrownBy(() -> timeline.await(LONG)).isInstanceOf(IllegalStateException.class);
    timeline.deliver(() -> ran.add(3));
    timeline.await(LONG);
    assertThat(ran).containsExactly(1, 2, 3);
  }

  @Test
  void interruptEndsTheWait() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> timeline.await(LONG)).isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  /// Were a wake-up ever lost, a wait would last its two minutes.
  @Test
  void nothingOfManyThreadsIsLostAndEachKeepsItsOrder() throws Exception {
    int threads = 3;
    int each = 50_000;
    int[] reached = new int[threads];
    int[] total = new int[1];
    List<Thread> deliverers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int mine = t;
      deliverers.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < each; i++) {
                  int number = i;
                  timeline.deliver(() -> {
                    assertThat(reached[mine]++).isEqualTo(number);
                    total[0]++;
                  });
                  // So that the reader falls asleep now and then.
                  if (i % 1000 == 0) {
                    LockSupport.parkNanos(100_000);
                  }
                }
              }));
    }
    long start = System.nanoTime();
    while (total[0] < threads * each) {
      timeline.await(LONG);
    }
    assertThat(System.nanoTime() - start).isLessThan(LONG);
    for (Thread thread : deliverers) {
      thread.join();
    }
  }
}
