package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What an agent may do that is heard by way of the API server.
class AgentRelayTests {
  private static final PodSettings SETTINGS =
      new PodSettings(
          "audits",
          "image:1",
          false,
          false,
          Optional.of(new PodSettings.Owner("cron", "11111111-2222")));

  private final List<HasMetadata> made = AgentRelay.of("pod-1", "abc", SETTINGS);

  @Test
  void itGetsOneConfigMapAndPatchesAnotherAndNothingElse() {
    List<PolicyRule> rules = one(Role.class).getRules();

    assertThat(rules)
        .hasSize(2)
        .allSatisfy(rule -> {
          assertThat(rule.getApiGroups()).containsExactly("");
          assertThat(rule.getResources()).containsExactly("configmaps");
        });
    assertThat(rules.getFirst().getVerbs()).containsExactly("get");
    assertThat(rules.getFirst().getResourceNames()).containsExactly("pod-1-orders");
    assertThat(rules.getLast().getVerbs()).containsExactly("patch");
    assertThat(rules.getLast().getResourceNames()).containsExactly("pod-1-results");
    assertThat(made.stream().filter(ConfigMap.class::isInstance))
        .extracting(each -> each.getMetadata().getName())
        .containsExactly("pod-1-orders", "pod-1-results");
  }

  @Test
  void onlyItsOwnAccountHasThoseRights() {
    RoleBinding binding = one(RoleBinding.class);

    assertThat(binding.getRoleRef().getKind()).isEqualTo("Role");
    assertThat(binding.getRoleRef().getName()).isEqualTo(one(Role.class).getMetadata().getName());
    assertThat(binding.getSubjects())
        .singleElement()
        .satisfies(subject -> {
          assertThat(subject.getKind()).isEqualTo("ServiceAccount");
          assertThat(subject.getName())
              .isEqualTo(one(ServiceAccount.class).getMetadata().getName());
          assertThat(subject.getNamespace()).isEqualTo("audits");
        });
  }

  @Test
  void allOfItIsInTheNamespaceAndGoesWithTheRun() {
    assertThat(made)
        .allSatisfy(each -> {
          assertThat(each.getMetadata().getNamespace()).isEqualTo("audits");
          assertThat(each.getMetadata().getLabels()).containsEntry(AgentPod.RUN_LABEL, "abc");
          assertThat(each.getMetadata().getOwnerReferences())
              .singleElement()
              .satisfies(owner -> assertThat(owner.getUid()).isEqualTo("11111111-2222"));
        });
  }

  @Test
  void onlyThePodThatNeedsItHasAToken() {
    PodPlace place = new PodPlace("w", Optional.of("worker-1"), true);
    Pod relayed = AgentPod.relayed("pod-1", "abc", place, SETTINGS);
    Pod other = AgentPod.of("pod-1", "abc", place, SETTINGS);

    assertThat(other.getSpec().getAutomountServiceAccountToken()).isFalse();
    assertThat(other.getSpec().getServiceAccountName()).isNull();
    assertThat(relayed.getSpec().getAutomountServiceAccountToken()).isTrue();
    assertThat(relayed.getSpec().getServiceAccountName()).isEqualTo("pod-1");
    assertThat(relayed.getSpec().getContainers().getFirst().getCommand())
        .containsExactly(AgentPod.PROGRAM, "--relay", "pod-1");
    assertThat(relayed.getSpec().getContainers().getFirst().getSecurityContext())
        .isEqualTo(other.getSpec().getContainers().getFirst().getSecurityContext());
  }

  private <T> T one(Class<T> type) {
    return made.stream()
        .filter(type::isInstance)
        .map(type::cast)
        .reduce((_, _) -> {
          throw new AssertionError("more than one");
        })
        .orElseThrow();
  }
}
