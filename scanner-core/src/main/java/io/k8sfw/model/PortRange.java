package io.k8sfw.model;

/// A run of ports, both ends included.
///
/// @param first 1..65535
/// @param last first..65535
public record PortRange(int first, int last) implements Comparable<PortRange> {
  public static final int MIN = 1;
  public static final int MAX = 65535;

  public PortRange {
    if (first < MIN || last > MAX || first > last) {
      throw new IllegalArgumentException("not a port range: " + first + "-" + last);
    }
  }

  public int size() {
    return last - first + 1;
  }

  public boolean contains(int port) {
    return first <= port && port <= last;
  }

  @Override
  public int compareTo(PortRange other) {
    int byFirst = Integer.compare(first, other.first);
    return byFirst != 0 ? byFirst : Integer.compare(last, other.last);
  }

  /// `443` or `2379-2380`.
  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
