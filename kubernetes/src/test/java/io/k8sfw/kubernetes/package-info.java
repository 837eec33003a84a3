@org.jspecify.annotations.NullMarked
package io.k8sfw.kubernetes;
