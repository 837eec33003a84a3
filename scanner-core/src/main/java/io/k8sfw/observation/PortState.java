package io.k8sfw.observation;

/// A port as seen from one vantage point, in nmap's words (nmap reference guide, "Port Scanning
/// Basics"): not a property of the port, but of what came back.
public enum PortState {
  OPEN("open"),
  CLOSED("closed"),
  FILTERED("filtered"),
  OPEN_FILTERED("open|filtered");

  private final String word;

  PortState(String word) {
    this.word = word;
  }

  public static PortState of(String word) {
    for (PortState state : values()) {
      if (state.word.equals(word)) {
        return state;
      }
    }
    throw new IllegalArgumentException("no port state: " + word);
  }

  /// nmap's word.
  public String word() {
    return word;
  }
}
