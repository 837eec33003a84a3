package io.k8sfw.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ConditionTests {
  /// `other` stands for all values that no clause names.
  private static final List<String> VALUES = List.of("a", "b", "c", "other");

  @Test
  void algebraAgreesWithTryingAllFacts() {
    Random random = new Random(2379);
    for (int i = 0; i < 5000; i++) {
      Condition x = some(random);
      Condition y = some(random);
      assertThat(x.canHold()).as("%s", x).isEqualTo(all().stream().anyMatch(f -> holds(x, f)));
      assertThat(x.excludes(y))
          .as("%s / %s", x, y)
          .isEqualTo(all().stream().noneMatch(f -> holds(x, f) && holds(y, f)));
      assertThat(x.implies(y))
          .as("%s / %s", x, y)
          .isEqualTo(all().stream().allMatch(f -> !holds(x, f) || holds(y, f)));
    }
  }

  private static List<Facts> all() {
    List<Facts> all = new ArrayList<>();
    for (String cni : VALUES) {
      for (String backend : VALUES) {
        all.add(Facts.declared(Map.of("cni", cni, "backend", backend)));
      }
    }
    return all;
  }

  private static boolean holds(Condition condition, Facts facts) {
    return condition.in(facts) == Condition.Holds.YES;
  }

  private static Condition some(Random random) {
    List<Condition.Clause> clauses = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      SortedSet<String> values = new TreeSet<>();
      for (int j = 1 + random.nextInt(2); j > 0; j--) {
        values.add(VALUES.get(random.nextInt(3)));
      }
      String fact = random.nextBoolean() ? "cni" : "backend";
      clauses.add(new Condition.Clause(fact, values, random.nextBoolean()));
    }
    return new Condition(clauses);
  }
}
