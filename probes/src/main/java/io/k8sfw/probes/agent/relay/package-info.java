/// Agents that nobody can stream to or from: what is said goes to and fro in ConfigMaps, piece by
/// piece, by way of the API server.
@NullMarked
package io.k8sfw.probes.agent.relay;

import org.jspecify.annotations.NullMarked;
