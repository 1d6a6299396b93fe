// A page is not told of what it does to localStorage itself, but its frame of the same origin is.
addEventListener('storage', ({ key, newValue }) => {
  if (key === null || (key === 'signed-in' && newValue === null)) {
    parent.postMessage({ type: 'STORAGE_CLEARED' }, location.origin);
  }
});
