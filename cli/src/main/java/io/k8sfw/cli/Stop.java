package io.k8sfw.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// How the user ends a run early: the first signal asks for an orderly end while something is
/// running that can give one, the second ends the process there and then.
final class Stop {
  /// A signal that means "stop" (signal(7)).
  enum Signal {
    HUP(1),
    INT(2),
    TERM(15);

    private final int number;

    Signal(int number) {
      this.number = number;
    }

    /// What shells show for a process that died of it.
    int exitCode() {
      return 128 + number;
    }

    String words() {
      return this == INT ? "interrupted by the user (SIGINT)" : "ended by SIG" + name();
    }
  }

  private final AtomicReference<@Nullable Signal> first = new AtomicReference<>();
  private final AtomicInteger orderly = new AtomicInteger();
  private final AtomicLong firstHeard = new AtomicLong();
  private final LongSupplier nanos;
  private final IntConsumer exit;
  private final IntConsumer halt;

  /// It is still to take over the signals of this process.
  private final AtomicBoolean deaf;

  /// timeout(1) signals its child and then the child's process group; a terminal and whoever
  /// started us may both pass on the same Ctrl-C. So much later it is meant as another.
  private static final long SAME_NANOS = 500_000_000;

  /// @param nanos a clock, as [System#nanoTime]
  /// @param exit ends the process
  /// @param halt ends the process without running anything more
  Stop(LongSupplier nanos, IntConsumer exit, IntConsumer halt) {
    this(nanos, exit, halt, new AtomicBoolean());
  }

  private Stop(LongSupplier nanos, IntConsumer exit, IntConsumer halt, AtomicBoolean deaf) {
    this.nanos = nanos;
    this.exit = exit;
    this.halt = halt;
    this.deaf = deaf;
  }

  /// One that hears the signals of this process. It takes them over when something orderly begins:
  /// before that the Java runtime itself ends the process with the same exit codes, and taking over
  /// costs a start several milliseconds.
  static Stop ofProcess() {
    return new Stop(
        System::nanoTime, System::exit, Runtime.getRuntime()::halt, new AtomicBoolean(true));
  }

  /// One that hears no signals but those that [#heard] is told.
  static Stop never() {
    return new Stop(System::nanoTime, _ -> {}, _ -> {});
  }

  /// The signal that asked for the end.
  Optional<Signal> requested() {
    return Optional.ofNullable(first.get());
  }

  /// From here until it is closed, the first signal only sets [#requested].
  Section orderly() {
    if (deaf.getAndSet(false)) {
      listen();
    }
    orderly.incrementAndGet();
    return orderly::decrementAndGet;
  }

  /// A stretch of work that ends by itself soon after it was asked to.
  interface Section extends AutoCloseable {
    @Override
    void close();
  }

  synchronized void heard(Signal signal) {
    if (orderly.get() == 0) {
      exit.accept(signal.exitCode());
    } else if (first.compareAndSet(null, signal)) {
      firstHeard.set(nanos.getAsLong());
    } else if (nanos.getAsLong() - firstHeard.get() > SAME_NANOS) {
      halt.accept(signal.exitCode());
    }
  }

  /// Takes over the signals of this process. A signal that was ignored when the process started (as
  /// shells do with SIGINT for background jobs) stays ignored.
  ///
  /// `sun.misc.Signal` of module jdk.unsupported is the only way to hear a signal, and javac warns
  /// of the name in a way that cannot be silenced; so it is called by reflection.
  private void listen() {
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Method handle = signals.getMethod("handle", signals, handlers);
      for (Signal signal : Signal.values()) {
        handle.invoke(
            null,
            signals.getConstructor(String.class).newInstance(signal.name()),
            Proxy.newProxyInstance(
                handlers.getClassLoader(), new Class<?>[] {handlers}, handler(signal)));
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java runtime lacks the module jdk.unsupported", e);
    }
  }

  @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself only
  private InvocationHandler handler(Signal signal) {
    return (proxy, method, args) ->
        switch (method.getName()) {
          case "handle" -> {
            heard(signal);
            yield null;
          }
          case "equals" -> proxy == args[0];
          case "hashCode" -> System.identityHashCode(proxy);
          default -> signal.words();
        };
  }
}
