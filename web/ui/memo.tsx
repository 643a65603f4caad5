import { Component, type ComponentChild } from 'preact'

/** `Render`, which runs again only when one of its props has changed, compared by identity. */
export function memo<Props extends object>(Render: (props: Props) => ComponentChild) {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      return !isShallowEqual(this.props as Props, next)
    }
    override render() {
      return <Render {...(this.props as Props)} />
    }
  }
}

function isShallowEqual(one: object, other: object): boolean {
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Reflect.get(one, key) === Reflect.get(other, key))
  )
}
