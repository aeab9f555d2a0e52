/** Bash takes a colon for the end of a word: what stands before the last one in the word is not offered again. */
const BASH = `_taskport() {
  local line="\${COMP_LINE:0:COMP_POINT}" last words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=('')
  last="\${words[\${#words[@]}-1]}"
  mapfile -t COMPREPLY < <(taskport __complete -- "\${words[@]:1}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == */ ]] && compopt -o nospace
  if [[ "$last" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${last%"\${last##*:}"}"}")
  fi
}
complete -o bashdefault -o default -F _taskport taskport
`;

/** Read at the start it says whose it is; found by its name in `fpath` it is called, and begins by defining itself. */
const ZSH = `#compdef taskport
_taskport() {
  local -a found open
  found=("\${(@f)$(taskport __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  open=("\${(@M)found:#*/}")
  found=("\${(@)found:#*/}")
  (( \${#open} )) && compadd -S '' -- "\${open[@]}"
  if [[ -n "\${found[*]}" ]]; then compadd -- "\${found[@]}"; elif (( ! \${#open} )); then _files; fi
}
if [[ "\${funcstack[1]}" == _taskport ]]; then
  _taskport "$@"
else
  (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
  compdef _taskport taskport
fi
`;

/** Files stand in where the command has nothing to offer, as in the other shells. */
const FISH = `function __taskport_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (taskport __complete -- $words[2..-1] 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c taskport -f -a '(__taskport_complete)'
`;

/** What has each shell complete command lines. */
export const completionScripts = { bash: BASH, zsh: ZSH, fish: FISH };
