/// Agents on machines that are reached by the system's `ssh`: what is run there, what is copied
/// there, and what it means where that does not work.
@NullMarked
package io.k8sfw.probes.ssh;

import org.jspecify.annotations.NullMarked;
