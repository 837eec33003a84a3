package io.k8sfw.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// An immutable set of ports, kept as runs: `ALL` costs as much memory as one port.
public final class PortSet {
  public static final PortSet NONE = new PortSet(List.of());
  public static final PortSet ALL = of(PortRange.MIN, PortRange.MAX);

  private final List<PortRange> ranges;

  private final int hash;

  private PortSet(List<PortRange> ranges) {
    this.ranges = ranges;
    this.hash = ranges.hashCode();
  }

  public static PortSet of(int port) {
    return of(port, port);
  }

  public static PortSet of(int first, int last) {
    return new PortSet(List.of(new PortRange(first, last)));
  }

  /// The union of `ranges`, which may come in any order, overlap and touch.
  public static PortSet of(Collection<PortRange> ranges) {
    List<PortRange> merged = new ArrayList<>();
    for (PortRange next : ranges.stream().sorted().toList()) {
      PortRange last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && next.first() <= last.last() + 1) {
        merged.removeLast();
        merged.add(new PortRange(last.first(), Math.max(last.last(), next.last())));
      } else {
        merged.add(next);
      }
    }
    return merged.isEmpty() ? NONE : new PortSet(List.copyOf(merged));
  }

  /// Reads `443`, `2379-2380`, `80, 443` or `ALL`.
  ///
  /// @throws IllegalArgumentException with a sentence for the person who wrote it
  public static PortSet parse(String text) {
    if (text.strip().equalsIgnoreCase("ALL")) {
      return ALL;
    }
    List<PortRange> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      ranges.add(parseRange(part.strip()));
    }
    return of(ranges);
  }

  private static PortRange parseRange(String text) {
    String shown = '"' + Untrusted.of(text).visible() + '"';
    String[] ends = text.split("[-\u2013]", -1);
    if (ends.length > 2 || !isNumber(ends[0]) || !isNumber(ends[ends.length - 1])) {
      throw new IllegalArgumentException(
          shown + " is not a port or range; write 3000, 3000-3010, \"80, 443\" or ALL");
    }
    int first = Integer.parseInt(ends[0].strip());
    int last = Integer.parseInt(ends[ends.length - 1].strip());
    for (int port : new int[] {first, last}) {
      if (port < PortRange.MIN || port > PortRange.MAX) {
        throw new IllegalArgumentException(
            shown + ": port " + port + " does not exist; ports are 1 to 65535");
      }
    }
    if (first > last) {
      throw new IllegalArgumentException(shown + " is reversed; write " + last + "-" + first);
    }
    return new PortRange(first, last);
  }

  /// At most seven digits, so that the number fits an int, and no leading zero, which YAML 1.1
  /// reads as octal.
  private static boolean isNumber(String text) {
    return text.strip().matches("0|[1-9][0-9]{0,6}");
  }

  /// Ascending, disjoint, not touching.
  public List<PortRange> ranges() {
    return ranges;
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  public boolean isAll() {
    return equals(ALL);
  }

  /// How many ports, 0..65535.
  public int size() {
    int size = 0;
    for (PortRange range : ranges) {
      size += range.size();
    }
    return size;
  }

  public boolean contains(int port) {
    for (PortRange range : ranges) {
      if (range.contains(port)) {
        return true;
      }
    }
    return false;
  }

  public boolean containsAll(PortSet other) {
    return other.minus(this).isEmpty();
  }

  /// Makes no new set: matrices ask it of every pair of rules.
  public boolean intersects(PortSet other) {
    for (PortRange a : ranges) {
      for (PortRange b : other.ranges) {
        if (a.first() <= b.last() && b.first() <= a.last()) {
          return true;
        }
      }
    }
    return false;
  }

  public PortSet union(PortSet other) {
    List<PortRange> both = new ArrayList<>(ranges);
    both.addAll(other.ranges);
    return of(both);
  }

  public PortSet intersect(PortSet other) {
    List<PortRange> common = new ArrayList<>();
    for (PortRange a : ranges) {
      for (PortRange b : other.ranges) {
        int first = Math.max(a.first(), b.first());
        int last = Math.min(a.last(), b.last());
        if (first <= last) {
          common.add(new PortRange(first, last));
        }
      }
    }
    return of(common);
  }

  /// Makes no new set either.
  public boolean intersects(PortRange other) {
    for (PortRange range : ranges) {
      if (range.first() > other.last()) {
        return false;
      }
      if (range.last() >= other.first()) {
        return true;
      }
    }
    return false;
  }

  /// Those within `other`.
  public PortSet intersect(PortRange other) {
    List<PortRange> common = new ArrayList<>();
    for (PortRange a : ranges) {
      int first = Math.max(a.first(), other.first());
      int last = Math.min(a.last(), other.last());
      if (first <= last) {
        common.add(new PortRange(first, last));
      }
    }
    return common.isEmpty() ? NONE : new PortSet(List.copyOf(common));
  }

  public PortSet minus(PortSet other) {
    List<PortRange> rest = new ArrayList<>(ranges);
    for (PortRange hole : other.ranges) {
      List<PortRange> cut = new ArrayList<>();
      for (PortRange r : rest) {
        if (hole.last() < r.first() || hole.first() > r.last()) {
          cut.add(r);
          continue;
        }
        if (r.first() < hole.first()) {
          cut.add(new PortRange(r.first(), hole.first() - 1));
        }
        if (r.last() > hole.last()) {
          cut.add(new PortRange(hole.last() + 1, r.last()));
        }
      }
      rest = cut;
    }
    return of(rest);
  }

  /// Every port, ascending.
  public IntStream stream() {
    return ranges.stream().flatMapToInt(r -> IntStream.rangeClosed(r.first(), r.last()));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PortSet that && ranges.equals(that.ranges);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /// `80, 443`, `30000-32767`, `ALL`, or `none`; [#parse] reads all but the last back.
  @Override
  public String toString() {
    if (isEmpty()) {
      return "none";
    }
    return isAll()
        ? "ALL"
        : ranges.stream().map(PortRange::toString).collect(Collectors.joining(", "));
  }
}
