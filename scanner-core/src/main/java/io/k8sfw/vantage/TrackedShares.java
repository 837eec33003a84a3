package io.k8sfw.vantage;

import io.k8sfw.vantage.ProbeOrder.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  /// Whatever leaves a vantage point is in its table, so the places in one table divide its budget.
  /// A node's table has in it what the node's firewall lets in, and nothing of what it drops or its
  /// kernel refuses (`nf_confirm` is the last hook of the input; a reset that answers a SYN ends
  /// its entry, `nf_conntrack_tcp_packet`). What that is nobody knows beforehand: so each order
  /// that asks the node may take its whole budget, as far as an [Allowance] goes.
  ///
  /// An order has one limit for all its attempts. So its smallest share counts, even if it belongs
  /// to one target of many.
  ///
  /// @param tables by the name of the vantage point or node; none for those that do not track or
  ///   cannot be asked
  public static List<ProbeOrder> within(List<ProbeOrder> orders, Map<String, Tracking> tables) {
    Map<String, Integer> budgets = budgets(tables);
    Map<String, Map<Integer, Long>> leaving = new LinkedHashMap<>();
    long[] shares = orders.stream().mapToLong(ProbeOrder::trackedAtMost).toArray();
    for (int i = 0; i < orders.size(); i++) {
      ProbeOrder order = orders.get(i);
      int index = i;
      passing(order, tables)
          .forEach((table, most) -> {
            int budget = Objects.requireNonNull(budgets.get(table), table);
            if (most > budget) {
              shares[index] = Math.min(shares[index], budget);
            }
          });
      Tracking here = tables.get(order.vantage());
      if (here != null) {
        leaving
            .computeIfAbsent(here.table(), _ -> new LinkedHashMap<>())
            .put(index, mostHeld(order, order.targets()));
      }
    }
    budgets.forEach(
        (table, budget) -> divide(budget, leaving.getOrDefault(table, Map.of()), shares));
    return limited(orders, shares);
  }

  /// What may be taken of each table, by its name.
  private static Map<String, Integer> budgets(Map<String, Tracking> tables) {
    Map<String, Integer> budgets = new LinkedHashMap<>();
    tables.values().forEach(t -> budgets.merge(t.table(), t.budget(), Math::min));
    return budgets;
  }

  /// The orders that pass each table in which they could hold more than it can spare, all of them
  /// together: tables to keep an eye on.
  ///
  /// @return by the name of the table, the indices of the orders
  public static Map<String, List<Integer>> crowded(
      List<ProbeOrder> orders, Map<String, Tracking> tables) {
    Map<String, List<Integer>> crowds = new LinkedHashMap<>();
    Map<String, Long> held = new LinkedHashMap<>();
    for (int i = 0; i < orders.size(); i++) {
      int order = i;
      passing(orders.get(i), tables)
          .forEach((table, most) -> {
            if (most > 0) {
              crowds.computeIfAbsent(table, _ -> new ArrayList<>()).add(order);
              held.merge(table, most, Long::sum);
            }
          });
    }
    Map<String, Integer> budgets = budgets(tables);
    crowds
        .keySet()
        .removeIf(table ->
            held.getOrDefault(table, 0L) <= budgets.getOrDefault(table, Integer.MAX_VALUE));
    return crowds;
  }

  /// The orders, with shares of `entries` in a table that all their attempts pass.
  public static List<ProbeOrder> of(int entries, List<ProbeOrder> orders) {
    Map<Integer, Long> held = new LinkedHashMap<>();
    for (int i = 0; i < orders.size(); i++) {
      held.put(i, mostHeld(orders.get(i), orders.get(i).targets()));
    }
    long[] shares = new long[orders.size()];
    Arrays.fill(shares, Long.MAX_VALUE);
    divide(entries, held, shares);
    return limited(orders, shares);
  }

  /// What an order can hold at the most in each table that its attempts go through.
  private static Map<String, Long> passing(ProbeOrder order, Map<String, Tracking> tables) {
    Map<String, List<Target>> through = new LinkedHashMap<>();
    for (Target target : order.targets()) {
      target
          .node()
          .map(tables::get)
          .ifPresent(
              there -> through.computeIfAbsent(there.table(), _ -> new ArrayList<>()).add(target));
    }
    Tracking here = tables.get(order.vantage());
    if (here != null) {
      through.put(here.table(), order.targets());
    }
    Map<String, Long> held = new LinkedHashMap<>();
    through.forEach((table, targets) -> held.put(table, mostHeld(order, targets)));
    return held;
  }

  private static long mostHeld(ProbeOrder order, List<Target> targets) {
    return order.withTargets(targets).byAddress().stream()
        .mapToLong(one -> Effort.mostAttempts(one, one.targets().getFirst().address()))
        .sum();
  }

  /// Lowers shares of orders that can hold more than their part.
  ///
  /// @param most by the order's index: what it can hold
  private static void divide(int entries, Map<Integer, Long> most, long[] shares) {
    List<Map.Entry<Integer, Long>> claims =
        most.entrySet().stream()
            .filter(claim -> claim.getValue() > 0)
            .sorted(Map.Entry.comparingByValue())
            .toList();
    long left = entries;
    int claimants = claims.size();
    for (Map.Entry<Integer, Long> claim : claims) {
      long part = Math.max(1, left / claimants);
      if (part < claim.getValue()) {
        shares[claim.getKey()] = Math.min(shares[claim.getKey()], part);
      }
      left = Math.max(0, left - Math.min(part, claim.getValue()));
      claimants--;
    }
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
