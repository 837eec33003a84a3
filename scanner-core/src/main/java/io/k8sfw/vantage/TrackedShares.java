package io.k8sfw.vantage;

import io.k8sfw.vantage.ProbeOrder.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/// Divides what an audit may hold in connection tracking tables among the orders whose attempts
/// pass them.
///
/// All orders are carried out at the same time, so what they hold in one table adds up. Shares are
/// max-min fair: an order that can never hold its equal part gets what it can hold, and the others
/// divide the rest equally.
public final class TrackedShares {
  private TrackedShares() {}

  /// The orders, with `trackedAtMost` as low as every table on their way wants it: the one of their
  /// vantage point, and those of the nodes that they ask.
  ///
  /// An order has one limit for all its attempts. So its smallest share counts, even if it belongs
  /// to one target of many.
  ///
  /// @param tables by the name of the vantage point or node; none for those that do not track or
  ///   cannot be asked
  public static List<ProbeOrder> within(List<ProbeOrder> orders, Map<String, Tracking> tables) {
    Map<String, List<Tracking>> byTable = new LinkedHashMap<>();
    tables.values().forEach(t -> byTable.computeIfAbsent(t.table(), _ -> new ArrayList<>()).add(t));
    long[] shares = orders.stream().mapToLong(ProbeOrder::trackedAtMost).toArray();
    byTable.forEach((table, readings) -> {
      int budget = readings.stream().mapToInt(Tracking::budget).min().orElseThrow();
      long[] parts = divided(budget, orders, order -> passing(order, table, tables));
      Arrays.setAll(shares, i -> Math.min(shares[i], parts[i]));
    });
    return limited(orders, shares);
  }

  /// The orders, with shares of `entries` in a table that all their attempts pass.
  public static List<ProbeOrder> of(int entries, List<ProbeOrder> orders) {
    return limited(orders, divided(entries, orders, order -> mostHeld(order, order.targets())));
  }

  /// What an order can hold in a table at the most: all attempts that go through it.
  private static long passing(ProbeOrder order, String table, Map<String, Tracking> tables) {
    boolean leavesThere = isIn(order.vantage(), table, tables);
    return mostHeld(
        order,
        order.targets().stream()
            .filter(
                t -> leavesThere || t.node().filter(node -> isIn(node, table, tables)).isPresent())
            .toList());
  }

  private static boolean isIn(String place, String table, Map<String, Tracking> tables) {
    Tracking tracking = tables.get(place);
    return tracking != null && tracking.table().equals(table);
  }

  private static long mostHeld(ProbeOrder order, List<Target> targets) {
    return targets.stream()
        .map(Target::address)
        .distinct()
        .mapToLong(address -> Effort.mostAttempts(order, address))
        .sum();
  }

  /// @return for each order its share, at least 1; [Long#MAX_VALUE] where that is all it can hold
  private static long[] divided(
      int entries, List<ProbeOrder> orders, ToLongFunction<ProbeOrder> by) {
    long[] most = orders.stream().mapToLong(by).toArray();
    long[] shares = new long[most.length];
    Arrays.fill(shares, Long.MAX_VALUE);
    List<Integer> claims =
        IntStream.range(0, most.length)
            .filter(i -> most[i] > 0)
            .boxed()
            .sorted(Comparator.comparingLong(i -> most[i]))
            .toList();
    long left = entries;
    int claimants = claims.size();
    for (int i : claims) {
      long part = Math.max(1, left / claimants);
      if (part < most[i]) {
        shares[i] = part;
      }
      left = Math.max(0, left - Math.min(part, most[i]));
      claimants--;
    }
    return shares;
  }

  private static List<ProbeOrder> limited(List<ProbeOrder> orders, long[] shares) {
    return IntStream.range(0, orders.size())
        .mapToObj(i -> limited(orders.get(i), shares[i]))
        .toList();
  }

  private static ProbeOrder limited(ProbeOrder order, long most) {
    return new ProbeOrder(
        order.vantage(),
        order.targets(),
        order.pace(),
        order.seed(),
        order.externalControl(),
        (int) Math.min(order.trackedAtMost(), most));
  }
}
