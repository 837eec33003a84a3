package io.k8sfw.probes.batch;

/// Canaries that are asked between two windows. It holds as soon as one of them answers as it did
/// before.
final class Bracket {
  private final long sentBefore;
  private final boolean atTheEnd;
  private final boolean guarded;
  private int tries;
  private int open;
  private State state = State.ASKED;
  private boolean own;
  private boolean asked;

  private enum State {
    ASKED,
    HELD,
    FAILED,
    NOBODY
  }

  /// Where there are no canaries at all.
  static final Bracket NOBODY = new Bracket(0, false, false);

  static {
    NOBODY.pass();
  }

  /// @param sentBefore attempts on the address before it
  /// @param atTheEnd whatever may still be asked may be asked for it
  /// @param guarded anybody was known who could be asked
  Bracket(long sentBefore, boolean atTheEnd, boolean guarded) {
    this.sentBefore = sentBefore;
    this.atTheEnd = atTheEnd;
    this.guarded = guarded;
  }

  boolean isFinal() {
    return atTheEnd;
  }

  boolean isGuarded() {
    return guarded;
  }

  long sentBefore() {
    return sentBefore;
  }

  /// @param width canaries asked at once
  /// @param ofItself they are ports of the address itself, not of a neighbour
  void ask(int width, boolean ofItself) {
    asked = true;
    own = ofItself;
    open += width;
    tries++;
  }

  int tries() {
    return tries;
  }

  boolean wasAsked() {
    return asked;
  }

  /// It holds, and by a port of the address itself.
  boolean provesItself() {
    return state == State.HELD && own;
  }

  boolean isDecided() {
    return state != State.ASKED;
  }

  boolean failed() {
    return state == State.FAILED;
  }

  /// One of its canaries came to an end.
  ///
  /// @return whether that decides it: it holds now
  boolean landed(boolean held) {
    open--;
    if (held && state == State.ASKED) {
      state = State.HELD;
      return true;
    }
    return false;
  }

  /// None of those asked held, and none is under way any more.
  boolean isExhausted() {
    return state == State.ASKED && open == 0;
  }

  void fail() {
    state = State.FAILED;
  }

  /// There is nobody to ask.
  void pass() {
    state = State.NOBODY;
  }
}
