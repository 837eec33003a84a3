package io.k8sfw.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/// How fast something lately went. Times are those of [System#nanoTime]. May be used by several
/// threads.
final class Throughput {
  /// Marks are no nearer to each other.
  private static final long MARK_EVERY = TimeUnit.MILLISECONDS.toNanos(250);

  private final long kept;
  private final Deque<Mark> marks = new ArrayDeque<>();
  private long done;
  private long last;

  /// @param done until then
  private record Mark(long nanos, long done) {}

  /// @param kept nanoseconds that can be looked back
  Throughput(long now, long kept) {
    this.kept = kept;
    this.last = now;
    marks.add(new Mark(now, 0));
  }

  synchronized void add(long now, long more) {
    done += more;
    last = now;
    if (now - marks.getLast().nanos() >= MARK_EVERY) {
      marks.add(new Mark(now, done));
      while (marks.size() > 1 && now - second().nanos() > kept) {
        marks.removeFirst();
      }
    }
  }

  private Mark second() {
    var each = marks.iterator();
    each.next();
    return each.next();
  }

  synchronized long done() {
    return done;
  }

  /// When something was done last; at first, when it began.
  synchronized long last() {
    return last;
  }

  /// The average of the last `span` nanoseconds, and of fewer where it began later; 0 where nothing
  /// was done.
  synchronized double perSecond(long now, long span) {
    if (now - last >= span) {
      return 0;
    }
    Mark from = marks.getFirst();
    for (Mark mark : marks) {
      if (now - mark.nanos() < span) {
        break;
      }
      from = mark;
    }
    // After a pause the mark is older than the span, and nothing was done in between.
    double seconds = Math.max(1e-3, Math.min(span, now - marks.getFirst().nanos()) / 1e9);
    return (done - from.done()) / seconds;
  }
}
