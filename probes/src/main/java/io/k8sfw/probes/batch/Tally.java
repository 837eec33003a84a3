package io.k8sfw.probes.batch;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was observed of each port of a set: six bytes a port, however much there is to say, since
/// few different things are.
///
/// Ports are meant by their place in the set, 0..size-1, ascending. One thread only.
final class Tally {
  private static final int NO_RTT = -1;

  /// Whoever forges ICMP errors can give every port another answer, time and again.
  private static final Observation TOO_MANY =
      new Unmeasured(Untrusted.of("too many different answers from this address"));

  private final List<PortRange> ranges;
  private final int[] firstPlace;
  private final int[] firstPorts;
  private final char[] codes;
  private final int[] rtts;
  private final List<Observation> meanings = new ArrayList<>();
  private final Map<Observation, Character> codeOf = new HashMap<>();

  Tally(PortSet ports) {
    ranges = ports.ranges();
    firstPlace = new int[ranges.size()];
    firstPorts = ranges.stream().mapToInt(PortRange::first).toArray();
    for (int i = 1; i < firstPlace.length; i++) {
      firstPlace[i] = firstPlace[i - 1] + ranges.get(i - 1).size();
    }
    codes = new char[ports.size()];
    rtts = new int[codes.length];
    Arrays.fill(rtts, NO_RTT);
  }

  int size() {
    return codes.length;
  }

  int port(int place) {
    int found = Arrays.binarySearch(firstPlace, place);
    int range = found >= 0 ? found : -found - 2;
    return ranges.get(range).first() + place - firstPlace[range];
  }

  /// The place of a port of the set.
  int place(int port) {
    int range = Arrays.binarySearch(firstPorts, port);
    range = range >= 0 ? range : -range - 2;
    return firstPlace[range] + port - firstPorts[range];
  }

  /// The range of the set that the place is in.
  PortRange range(int place) {
    int found = Arrays.binarySearch(firstPlace, place);
    return ranges.get(found >= 0 ? found : -found - 2);
  }

  void put(int place, Observation observation, int rttMicros) {
    codes[place] = codeOf.computeIfAbsent(observation, this::learn);
    rtts[place] = rttMicros;
  }

  void put(int place, Observation observation) {
    put(place, observation, NO_RTT);
  }

  void clear(int place) {
    codes[place] = 0;
    rtts[place] = NO_RTT;
  }

  /// Code 0 is kept for ports that nothing was said about.
  private char learn(Observation observation) {
    if (meanings.size() == Character.MAX_VALUE - 1) {
      meanings.add(TOO_MANY);
    }
    if (meanings.size() < Character.MAX_VALUE) {
      meanings.add(observation);
    }
    return (char) meanings.size();
  }

  @Nullable Observation at(int place) {
    return codes[place] == 0 ? null : meanings.get(codes[place] - 1);
  }

  /// Neighbours of which the same was said, ascending.
  ///
  /// @param otherwise stands for ports that nothing was said about
  List<PortRun> runs(Observation otherwise) {
    List<PortRun> runs = new ArrayList<>();
    int start = 0;
    for (int place = 1; place <= codes.length; place++) {
      boolean ends =
          place == codes.length
              || codes[place] != codes[start]
              || port(place) != port(place - 1) + 1;
      if (ends) {
        Observation observation = at(start);
        PortRange ports = new PortRange(port(start), port(place - 1));
        runs.add(
            new PortRun(
                ports, observation == null ? otherwise : observation, fastest(start, place)));
        start = place;
      }
    }
    return runs;
  }

  private int fastest(int from, int to) {
    return Arrays.stream(rtts, from, to).filter(r -> r >= 0).min().orElse(NO_RTT);
  }
}
