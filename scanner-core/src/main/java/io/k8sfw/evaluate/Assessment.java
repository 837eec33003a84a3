package io.k8sfw.evaluate;

import io.k8sfw.plan.Check;
import java.util.List;

/// A check and what came of it.
///
/// @param judgements disjoint; together exactly the check's ports; never empty
public record Assessment(Check check, List<Judgement> judgements) {
  public Assessment {
    judgements = List.copyOf(judgements);
  }
}
