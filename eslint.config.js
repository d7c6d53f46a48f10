import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['build/', 'coverage/', 'test/consumer/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    ignores: ['assembly/**'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `!` says what noUncheckedIndexedAccess cannot see: an index within bounds.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Numbers in messages are meant to be read as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // JavaScript callers need not keep what the types promise, nor old engines what the library says.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // The caller names the type that the element types it allows amount to.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A call that returns nothing may be all of a short function.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // Overloads carry the documentation of each form.
      '@typescript-eslint/unified-signatures': 'off',
      // x !== x is how a NaN is told without a call.
      'no-self-compare': 'off',
    },
  },
  {
    // AssemblyScript: TypeScript's syntax, another library and other types. What needs no types is checked.
    files: ['assembly/**/*.ts'],
    extends: [...tseslint.configs.recommended],
    rules: {
      'prefer-const': 'error',
      // The compiler wants classes for what it inlines, and knows globals that the parser does not.
      '@typescript-eslint/no-extraneous-class': 'off',
      'no-undef': 'off',
      'no-loss-of-precision': 'off',
      // Every kernel has it, whether its precision depends on the type or not.
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^T$' }],
    },
  },
  { files: ['**/*.mjs', '**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } } },
);
