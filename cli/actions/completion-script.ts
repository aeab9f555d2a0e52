/** Bash ends a word at a colon, so the script removes the part up to the last colon from each offer. */
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

/** Sourced at the start of a shell, the script registers the function; found by name in `fpath`, it defines itself. */
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

/** Like the other shells, offers files if the command has no offers. */
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

/** The script for each shell. */
export const completionScripts = { bash: BASH, zsh: ZSH, fish: FISH };
