import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';
import { HEADERS_TEMPLATE, rememberedHeaders } from './headers';

/**
 * Headers belong to one editor tab each. Without this the key would have to be pasted into every example:
 * a tab whose headers are still the template takes over what was typed in another one.
 */
export function SharedHeaders(): null {
  const headerEditor = useGraphiQL((state) => state.headerEditor);
  const activeTab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id);
  useEffect(() => {
    const headers = rememberedHeaders();
    if (activeTab !== undefined && headerEditor?.getValue() === HEADERS_TEMPLATE && headers !== null) {
      headerEditor.setValue(headers);
    }
  }, [headerEditor, activeTab]);
  return null;
}
