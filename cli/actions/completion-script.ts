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

const ZSH = `#compdef taskport
_taskport() {
  local -a found open
  found=("\${(@f)$(taskport __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  open=("\${(@M)found:#*/}")
  found=("\${(@)found:#*/}")
  (( \${#open} )) && compadd -S '' -- "\${open[@]}"
  if [[ -n "\${found[*]}" ]]; then compadd -- "\${found[@]}"; elif (( ! \${#open} )); then _files; fi
}
compdef _taskport taskport
`;

const FISH = `function __taskport_complete
  set -l words (commandline -opc) (commandline -ct)
  taskport __complete -- $words[2..-1] 2>/dev/null
end
complete -c taskport -a '(__taskport_complete)'
`;

/** What has each shell complete command lines. */
export const completionScripts = { bash: BASH, zsh: ZSH, fish: FISH };
