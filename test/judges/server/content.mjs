// Content that the tools, prompts and resources of the test server share.

export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
export const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==';

export const image = { type: 'image', data: PNG, mimeType: 'image/png' };

export function text(value) {
  return { type: 'text', text: value };
}

export function pause(ms = 50) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
