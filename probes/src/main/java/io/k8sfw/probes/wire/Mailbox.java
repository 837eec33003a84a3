package io.k8sfw.probes.wire;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Many threads put in, one takes out: without a lock, and so that whoever puts in knows whether
/// the one must be woken.
public final class Mailbox<T> {
  /// The last first.
  private final AtomicReference<@Nullable Letter<T>> last = new AtomicReference<>();

  private static final class Letter<T> {
    final T content;
    @Nullable Letter<T> next;

    Letter(T content) {
      this.content = content;
    }
  }

  /// From any thread.
  ///
  /// @return whether nothing was there before: who put that in has woken the reader
  public boolean put(T content) {
    Letter<T> letter = new Letter<>(content);
    Letter<T> before;
    do {
      before = last.get();
      letter.next = before;
    } while (!last.compareAndSet(before, letter));
    return before == null;
  }

  public boolean isEmpty() {
    return last.get() == null;
  }

  /// Takes everything, in the order in which it was put in.
  public void takeInto(Queue<? super T> queue) {
    Letter<T> first = null;
    Letter<T> each = last.getAndSet(null);
    while (each != null) {
      Letter<T> before = each.next;
      each.next = first;
      first = each;
      each = before;
    }
    for (each = first; each != null; each = each.next) {
      queue.add(each.content);
    }
  }
}
