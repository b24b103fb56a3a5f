const onApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The key that is held for shortcuts, as keyboards show it. */
export const modifierKey: string = onApple ? "⌘" : "Ctrl";
