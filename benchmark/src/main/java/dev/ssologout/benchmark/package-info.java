/** What the extension costs and how far it goes, measured beside what there is without it. */
package dev.ssologout.benchmark;
