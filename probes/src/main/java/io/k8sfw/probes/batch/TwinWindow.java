package io.k8sfw.probes.batch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Two windows between the same brackets: one for attempts that wait long, which would hold up what
/// the others have to say.
final class TwinWindow {
  private final Window quick;
  private final Window patient;
  private final int size;
  private final int enough;
  private final long opened;
  private int sent;
  private boolean closing;

  /// @param size attempts that fill it
  /// @param enough attempts that do where they are made slowly
  TwinWindow(@Nullable Bracket before, int size, int enough, long now) {
    this.quick = new Window(before);
    this.patient = new Window(before);
    this.size = size;
    this.enough = enough;
    this.opened = now;
  }

  /// An attempt is made.
  ///
  /// @return the window that it belongs to
  Window began(boolean waitsLong) {
    Window window = waitsLong ? patient : quick;
    window.began();
    sent++;
    return window;
  }

  long opened() {
    return opened;
  }

  boolean isFull() {
    return sent >= size;
  }

  boolean hasEnough() {
    return sent >= enough;
  }

  boolean isClosing() {
    return closing;
  }

  void close(Bracket by) {
    closing = true;
    both().forEach(window -> window.close(by));
  }

  /// Nobody was known yet who could be asked before it.
  boolean isEarly() {
    return quick.isEarly();
  }

  /// Whatever the brackets say, it is not to be believed.
  void doubt() {
    both().forEach(Window::doubt);
  }

  List<Window> both() {
    return List.of(quick, patient);
  }
}
