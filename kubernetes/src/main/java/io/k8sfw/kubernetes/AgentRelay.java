package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.k8sfw.probes.agent.relay.PodBoard;
import java.util.List;
import java.util.stream.Stream;

/// What an agent needs to be heard by way of the API server: two ConfigMaps, and an account that
/// may get the one and patch the other, and nothing else. No two agents share any of it, so that
/// none can speak for another.
///
/// Whoever makes it needs those two verbs on ConfigMaps, as nobody can grant what he does not have
/// (Kubernetes, "Using RBAC Authorization", Privilege escalation prevention).
final class AgentRelay {
  private static final String RBAC = "rbac.authorization.k8s.io";

  private AgentRelay() {}

  /// In the order in which they have to be made: what a pod is refused without comes first.
  ///
  /// @param name of the pod
  static List<HasMetadata> of(String name, String run, PodSettings settings) {
    ObjectMeta own = metadata(name, run, settings);
    return List.of(
        configMap(metadata(name + PodBoard.ORDERS, run, settings)),
        configMap(metadata(name + PodBoard.RESULTS, run, settings)),
        new ServiceAccountBuilder()
            .withMetadata(own)
            .withAutomountServiceAccountToken(false)
            .build(),
        new RoleBuilder()
            .withMetadata(own)
            .withRules(rule("get", name + PodBoard.ORDERS), rule("patch", name + PodBoard.RESULTS))
            .build(),
        new RoleBindingBuilder()
            .withMetadata(own)
            .withNewRoleRef(RBAC, "Role", name)
            .addNewSubject("", "ServiceAccount", name, settings.namespace())
            .build());
  }

  /// All of it that is there. Whoever may not list a kind made none of it.
  ///
  /// @param ofRun whose labels
  static Stream<HasMetadata> left(KubernetesClient client, String namespace, LabelSelector ofRun) {
    return Stream.of(
            client.configMaps(),
            client.serviceAccounts(),
            client.rbac().roles(),
            client.rbac().roleBindings())
        .flatMap(kind -> {
          try {
            return kind.inNamespace(namespace).withLabelSelector(ofRun).list().getItems().stream();
          } catch (KubernetesClientException e) {
            if (e.getCode() == Failures.FORBIDDEN) {
              return Stream.empty();
            }
            throw e;
          }
        });
  }

  private static ObjectMeta metadata(String name, String run, PodSettings settings) {
    return new ObjectMetaBuilder()
        .withName(name)
        .withNamespace(settings.namespace())
        .addToLabels(AgentPod.labels(run))
        .withOwnerReferences(AgentPod.owners(settings))
        .build();
  }

  private static ConfigMap configMap(ObjectMeta metadata) {
    return new ConfigMapBuilder().withMetadata(metadata).build();
  }

  private static PolicyRule rule(String verb, String configMap) {
    return new PolicyRuleBuilder()
        .withApiGroups("")
        .withResources("configmaps")
        .withResourceNames(configMap)
        .withVerbs(verb)
        .build();
  }
}
