/** Event listeners that the benchmarks compare with, or measure by. */
package dev.ssologout.benchmark.providers;
